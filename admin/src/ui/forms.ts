import type { SubmitEvent } from 'react';

/** A text input's value, by its name. */
export const text = (form: FormData, name: string): string => String(form.get(name) ?? '');

/** Gives a form's values to a handler, and keeps the browser from sending it. */
export function handled(submit: (form: FormData) => unknown) {
  return (event: SubmitEvent<HTMLFormElement>) => {
    event.preventDefault();
    void submit(new FormData(event.currentTarget));
  };
}
