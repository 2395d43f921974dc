// Runs before the first paint.
{
  // The page never shows another theme first. ui/theme-button.tsx stores the choice.
  const theme = localStorage.getItem('ordermirror.theme');
  if (theme === 'light' || theme === 'dark') document.documentElement.dataset.theme = theme;

  // The files of the view that the address names are loaded with the page's, not after them (vite.config.js).
  const views = JSON.parse(document.getElementById('view-files')?.textContent ?? '{}');
  const [, name = '', below] = location.pathname.replace(/^\/admin/, '').split('/');
  for (const file of views[below ? `${name}/*` : name] ?? []) {
    const isStyle = file.endsWith('.css');
    const link = Object.assign(document.createElement('link'), {
      rel: isStyle ? 'preload' : 'modulepreload',
      as: isStyle ? 'style' : 'script',
      crossOrigin: '',
      href: file,
    });
    document.head.append(link);
  }
}
