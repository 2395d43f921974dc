import { Monitor, Moon, Sun } from 'lucide-react';
import { Button } from '../ui/button.js';
import { useTheme } from './theme.js';

const ICONS = { system: Monitor, light: Sun, dark: Moon };
const NAMES = { system: 'as the system', light: 'light', dark: 'dark' };

/** Goes through the themes. */
export function ThemeButton() {
  const [theme, next] = useTheme();
  const Icon = ICONS[theme];
  const label = `Theme: ${NAMES[theme]}`;
  return (
    <Button look="quiet" className="square" aria-label={label} title={label} onClick={next}>
      <Icon size={16} aria-hidden />
    </Button>
  );
}
