import type { ComponentChildren } from 'preact';
import { useEffect, useRef } from 'preact/hooks';

interface Props {
  readonly label: ComponentChildren;
  /** Of the button. */
  readonly className?: string;
  /** Only one menu of a group is open. */
  readonly group?: string;
  readonly children: ComponentChildren;
}

/** Space between a panel and the edge of the window, in pixels. */
const MARGIN = 12;

/** Moves an open panel to the left by as much as it would exceed the window. */
function keepInWindow({ lastElementChild: panel }: HTMLDetailsElement): void {
  if (!(panel instanceof HTMLElement)) return;
  panel.style.translate = '';
  const excess = panel.getBoundingClientRect().right + MARGIN - document.body.getBoundingClientRect().right;
  if (excess > 0) panel.style.translate = `${-excess}px`;
}

/** A button with a panel below. Escape, a click outside and leaving it with the Tab key close it. */
export function Menu({ label, className = '', group, children }: Props) {
  const details = useRef<HTMLDetailsElement>(null);
  useEffect(() => {
    const close = ({ target }: PointerEvent) => {
      const { current } = details;
      if (current && target instanceof Node && !current.contains(target)) current.open = false;
    };
    addEventListener('pointerdown', close);
    return () => removeEventListener('pointerdown', close);
  }, []);
  return (
    <details
      ref={details}
      className="filter-menu"
      name={group}
      onToggle={({ currentTarget }) => keepInWindow(currentTarget)}
      onFocusOut={({ currentTarget, relatedTarget }) => {
        if (relatedTarget instanceof Node && !currentTarget.contains(relatedTarget)) currentTarget.open = false;
      }}
      onKeyDown={(event) => {
        if (event.key !== 'Escape') return;
        event.currentTarget.open = false;
        event.currentTarget.querySelector('summary')?.focus();
      }}
    >
      <summary className={`button ${className}`}>{label}</summary>
      {children}
    </details>
  );
}
