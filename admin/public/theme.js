// Runs before the first paint, so that the page never shows another theme first. ui/theme-button.tsx stores the choice.
const theme = localStorage.getItem('ordermirror.theme');
if (theme === 'light' || theme === 'dark') document.documentElement.dataset.theme = theme;
