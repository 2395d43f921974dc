import { LoaderCircle } from 'lucide-preact';
import type { ComponentProps } from 'preact';

interface Props extends ComponentProps<'button'> {
  readonly look?: 'plain' | 'primary' | 'danger' | 'quiet';
  /** Shows a spinner and ignores clicks; keeps the focus, unlike `disabled`. */
  readonly busy?: boolean;
}

export function Button({ look = 'plain', busy = false, className = '', type, children, onClick, ...rest }: Props) {
  return (
    <button
      {...rest}
      type={type ?? 'button'}
      className={`button ${look} ${className}`}
      aria-busy={busy}
      aria-disabled={busy || rest['aria-disabled']}
      onClick={busy ? (event) => event.preventDefault() : onClick}
    >
      {busy && <LoaderCircle className="spinner" size={15} aria-hidden />}
      {children}
    </button>
  );
}
