import type { ComponentChildren } from 'preact';

/** A list of labelled values. */
export const Facts = ({
  className = '',
  children,
}: {
  readonly className?: string;
  readonly children: ComponentChildren;
}) => <dl className={`facts ${className}`}>{children}</dl>;

export const Fact = ({ label, children }: { readonly label: string; readonly children: ComponentChildren }) => (
  <div>
    <dt>{label}</dt>
    <dd>{children}</dd>
  </div>
);
