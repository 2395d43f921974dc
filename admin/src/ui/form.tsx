import type { CombinedError } from '@urql/preact';
import type { ComponentChildren, InputHTMLAttributes, LooseInputHTMLAttributes } from 'preact';
import { useId, useReducer } from 'preact/hooks';
import { Button } from './button.js';
import { RequestError } from './notice.js';

interface FormProps {
  /** The label of the button that submits. */
  readonly action: string;
  readonly busy: boolean;
  readonly error: CombinedError | undefined;
  /** Receives a function that returns a field's value by its name. */
  readonly onSubmit: (value: (name: string) => string) => unknown;
  readonly autoComplete?: 'on' | 'off';
  readonly children: ComponentChildren;
}

/** A form that ends with the request's error and a submit button. */
export function Form({ action, busy, error, onSubmit, autoComplete = 'on', children }: FormProps) {
  return (
    <form
      className="stack"
      autoComplete={autoComplete}
      onSubmit={(event) => {
        event.preventDefault();
        const form = new FormData(event.currentTarget);
        void onSubmit((name) => String(form.get(name) ?? ''));
      }}
    >
      {children}
      <RequestError error={error} />
      <div className="submit">
        <Button type="submit" look="primary" busy={busy}>
          {action}
        </Button>
      </div>
    </form>
  );
}

interface FieldProps extends LooseInputHTMLAttributes {
  readonly label: string;
  readonly hint?: ComponentChildren;
  readonly problem?: string | null;
}

/** Browsers obey the attribute `autofocus` once a page. */
const focus = (input: HTMLInputElement | null) => input?.focus();

/** A text input with its label, hint and validation message. */
export function Field({ label, hint, problem, autoFocus = false, ...input }: FieldProps) {
  const id = useId();
  const describedBy = [hint ? `${id}-hint` : '', problem ? `${id}-problem` : ''].filter(Boolean).join(' ');
  return (
    <div className="field">
      <label htmlFor={id}>{label}</label>
      <input
        {...(input as InputHTMLAttributes)}
        ref={autoFocus ? focus : null}
        id={id}
        className="input"
        aria-invalid={problem ? true : undefined}
        aria-describedby={describedBy || undefined}
      />
      {hint && <div id={`${id}-hint`}>{hint}</div>}
      {problem && (
        <div className="problem" id={`${id}-problem`}>
          {problem}
        </div>
      )}
    </div>
  );
}

/** A new password (`password`) and its confirmation (`confirmation`). */
export function NewPasswordFields({ label, mismatch }: { readonly label: string; readonly mismatch: boolean }) {
  return (
    <>
      <Field
        label={label}
        name="password"
        type="password"
        autoComplete="new-password"
        minLength={12}
        required
        hint="At least 12 characters."
      />
      <Field
        label={`Confirm ${label.toLowerCase()}`}
        name="confirmation"
        type="password"
        autoComplete="new-password"
        required
        problem={mismatch ? 'Passwords don’t match.' : null}
      />
    </>
  );
}

interface CheckProps extends Omit<LooseInputHTMLAttributes, 'type' | 'role'> {
  readonly kind?: 'checkbox' | 'radio';
}

/** A checkbox or radio button with its label. */
export function Check({ children, kind = 'checkbox', ...input }: CheckProps) {
  return (
    <label className="check">
      <input {...input} type={kind} />
      <span>{children}</span>
    </label>
  );
}

interface CheckListProps {
  readonly legend: string;
  /** Values with their labels. */
  readonly options: readonly (readonly [string, ComponentChildren])[];
  readonly selected: readonly string[];
  readonly onChange: (selected: readonly string[]) => void;
  readonly className?: string;
}

export function CheckList({ legend, options, selected, onChange, className = '' }: CheckListProps) {
  return (
    <fieldset className={`stack tight ${className}`}>
      <legend className="visually-hidden">{legend}</legend>
      {options.length === 0 && <span className="muted small">No options yet.</span>}
      {options.map(([value, label]) => (
        <Check
          key={value}
          checked={selected.includes(value)}
          onChange={({ currentTarget }) =>
            onChange(currentTarget.checked ? [...selected, value] : selected.filter((other) => other !== value))
          }
        >
          {label}
        </Check>
      ))}
    </fieldset>
  );
}

interface InlineProps<Value extends string> {
  readonly label: string;
  readonly value: Value;
  readonly onChange: (value: Value) => void;
}

/** A date input ("2026-11-24", empty for none) beside its label. */
export function DateInput({
  label,
  onChange,
  ...input
}: InlineProps<string> & { readonly min?: string | null; readonly max?: string | null }) {
  const { min, max } = input;
  // Puts the former date back if `onChange` doesn't take the new one.
  const [, renderAgain] = useReducer((times: number) => times + 1, 0);
  return (
    <label className="row small labelled">
      {label}
      <input
        {...input}
        className="input date"
        type="date"
        min={min ?? undefined}
        max={max ?? undefined}
        onInput={({ currentTarget }) => {
          onChange(currentTarget.value);
          renderAgain(null);
        }}
      />
    </label>
  );
}

/** A select beside its label. */
export function Select<Value extends string>({
  label,
  value,
  onChange,
  options,
}: InlineProps<Value> & { readonly options: readonly (readonly [Value, string])[] }) {
  return (
    <label className="row small labelled">
      {label}
      <select
        className="input select"
        value={value}
        onChange={({ currentTarget }) => onChange(currentTarget.value as Value)}
      >
        {options.map(([value, name]) => (
          <option key={value} value={value}>
            {name}
          </option>
        ))}
      </select>
    </label>
  );
}
