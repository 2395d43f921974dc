import type { CombinedError } from '@urql/preact';
import { useState } from 'preact/hooks';
import { CheckList, Field, Form } from '../ui/form.js';
import { EVENTS } from './words.js';

export interface WebhookValues {
  readonly url: string;
  readonly description: string;
  readonly events: readonly string[];
}

interface Props {
  readonly action: string;
  readonly values: WebhookValues;
  readonly busy: boolean;
  readonly error: CombinedError | undefined;
  readonly onSubmit: (values: WebhookValues) => unknown;
}

/** The address, the description and the events of a webhook. */
export function WebhookForm({ action, values, busy, error, onSubmit }: Props) {
  const [events, setEvents] = useState(values.events);
  const options = EVENTS.map(
    ([event, words]) =>
      [
        event,
        <>
          {words} <code className="small muted">{event}</code>
        </>,
      ] as const,
  );
  return (
    <Form
      action={action}
      busy={busy}
      error={error}
      autoComplete="off"
      onSubmit={(value) => onSubmit({ url: value('url').trim(), description: value('description'), events })}
    >
      <Field
        label="Address"
        name="url"
        type="url"
        required
        autoComplete="off"
        spellcheck={false}
        defaultValue={values.url}
        placeholder="https://example.com/ordermirror"
        hint="Receives a POST request for each event."
      />
      <Field
        label="Description"
        name="description"
        maxLength={200}
        autoComplete="off"
        defaultValue={values.description}
        hint="Optional, such as “Warehouse”."
      />
      <div className="stack tight">
        <strong aria-hidden>Events</strong>
        <CheckList legend="Events" options={options} selected={events} onChange={setEvents} />
      </div>
    </Form>
  );
}
