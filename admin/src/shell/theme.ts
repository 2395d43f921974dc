import { useEffect, useState } from 'react';

const KEY = 'ordermirror.theme';
const THEMES = ['system', 'light', 'dark'] as const;

/** How the pages look: as the system does, unless told. */
export type Theme = (typeof THEMES)[number];

/** The chosen theme, and what goes on to the next one. */
export function useTheme(): readonly [Theme, () => void] {
  const [theme, setTheme] = useState(() => THEMES.find((theme) => theme === localStorage.getItem(KEY)) ?? 'system');
  useEffect(() => {
    localStorage.setItem(KEY, theme);
    if (theme === 'system') delete document.documentElement.dataset.theme;
    else document.documentElement.dataset.theme = theme;
  }, [theme]);
  return [theme, () => setTheme(THEMES[(THEMES.indexOf(theme) + 1) % THEMES.length] ?? 'system')];
}
