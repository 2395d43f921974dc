import type { ComponentProps, ReactNode } from 'react';

interface Props extends Omit<ComponentProps<'input'>, 'type'> {
  readonly children: ReactNode;
}

/** A checkbox, or a radio button, with its label. */
export function Check({ children, kind = 'checkbox', ...input }: Props & { readonly kind?: 'checkbox' | 'radio' }) {
  return (
    <label className="check">
      <input {...input} type={kind} />
      <span>{children}</span>
    </label>
  );
}
