import type { ReactNode } from 'react';

/** A list of labelled values. */
export const Facts = ({ className = '', children }: { readonly className?: string; readonly children: ReactNode }) => (
  <dl className={`facts ${className}`}>{children}</dl>
);

export const Fact = ({ label, children }: { readonly label: string; readonly children: ReactNode }) => (
  <div>
    <dt>{label}</dt>
    <dd>{children}</dd>
  </div>
);
