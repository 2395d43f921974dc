import { type ReactNode, useEffect, useRef } from 'react';

interface Props {
  readonly title: string;
  /** Null while it isn't known yet: its line is kept free. */
  readonly lead?: ReactNode;
  readonly actions?: ReactNode;
  readonly children: ReactNode;
}

/** A view with its heading, which names the tab, and gets the focus when the view is come to. */
export function Page({ title, lead, actions, children }: Props) {
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    document.title = `${title} · Ordermirror`;
    if (document.activeElement === document.body || document.activeElement?.closest('.nav')) heading.current?.focus();
  }, [title]);
  return (
    <div className="stack wide">
      <div className="row apart">
        <div className="page-title">
          <h1 ref={heading} tabIndex={-1}>
            {title}
          </h1>
          {lead !== undefined && <p className="muted">{lead ?? '\u00a0'}</p>}
        </div>
        {actions && <div className="row">{actions}</div>}
      </div>
      {children}
    </div>
  );
}
