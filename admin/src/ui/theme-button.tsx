import { Monitor, Moon, Sun } from 'lucide-preact';
import { useEffect, useState } from 'preact/hooks';
import { Button } from './button.js';

/** public/first.js applies it before the first paint. */
const KEY = 'ordermirror.theme';
const THEMES = ['system', 'light', 'dark'] as const;
const ICONS = { system: Monitor, light: Sun, dark: Moon };

/** Switches to the next theme; `system` follows the operating system. */
export function ThemeButton() {
  const [theme, setTheme] = useState(() => THEMES.find((theme) => theme === localStorage.getItem(KEY)) ?? 'system');
  useEffect(() => {
    localStorage.setItem(KEY, theme);
    if (theme === 'system') delete document.documentElement.dataset.theme;
    else document.documentElement.dataset.theme = theme;
  }, [theme]);
  const Icon = ICONS[theme];
  const label = `Theme: ${theme}`;
  const next = THEMES[(THEMES.indexOf(theme) + 1) % THEMES.length] ?? 'system';
  return (
    <Button look="quiet" className="square" aria-label={label} title={label} onClick={() => setTheme(next)}>
      <Icon size={16} aria-hidden />
    </Button>
  );
}
