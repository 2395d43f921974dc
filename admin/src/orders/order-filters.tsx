import { Search, X } from 'lucide-react';
import { type ReactNode, type RefObject, useEffect, useRef, useState } from 'react';
import type { OrderFiltersQuery } from '../generated/operations.js';
import { Button } from '../ui/button.js';
import { Check } from '../ui/check.js';
import { Marketplace } from '../ui/marketplace.js';
import { count } from '../ui/numbers.js';
import { isFiltered, type OrdersAddress, type Sort } from './address.js';
import { statusWords } from './status.js';

const SEARCH_AFTER_MS = 300;

interface Props {
  readonly address: OrdersAddress;
  readonly choices: OrderFiltersQuery | undefined;
  readonly onChange: (change: Partial<OrdersAddress>, replace?: boolean) => void;
}

/** Search, filters and sort, each kept in the address. */
export function OrderFilters({ address, choices, onChange }: Props) {
  const { statuses, marketplaceIds, from, to, sort } = address;
  const marketplaces = choices?.connection?.marketplaces ?? [];
  return (
    <search className="row filters">
      <SearchField value={address.search} onChange={(search) => onChange({ search }, true)} />
      <Choices
        name="Status"
        chosen={statuses}
        choices={(choices?.orderStatuses ?? []).map((status) => [status, statusWords(status)])}
        onChange={(statuses) => onChange({ statuses })}
      />
      {marketplaces.length > 1 && (
        <Choices
          name="Marketplace"
          chosen={marketplaceIds}
          choices={marketplaces.map((marketplace) => [
            marketplace.marketplaceId,
            <Marketplace key={marketplace.id} of={marketplace} />,
          ])}
          onChange={(marketplaceIds) => onChange({ marketplaceIds })}
        />
      )}
      <label className="row small labelled">
        Bought from
        <input
          className="input date"
          type="date"
          value={from ?? ''}
          max={to ?? undefined}
          onChange={(event) => onChange({ from: event.target.value || null })}
        />
      </label>
      <label className="row small labelled">
        to
        <input
          className="input date"
          type="date"
          value={to ?? ''}
          min={from ?? undefined}
          onChange={(event) => onChange({ to: event.target.value || null })}
        />
      </label>
      <label className="row small labelled">
        Sort
        <select
          className="input select"
          value={sort}
          onChange={(event) => onChange({ sort: event.target.value as Sort })}
        >
          <option value="-purchased">Newest first</option>
          <option value="purchased">Oldest first</option>
          <option value="-updated">Updated last first</option>
          <option value="updated">Updated longest ago first</option>
        </select>
      </label>
      {isFiltered(address) && (
        <Button
          look="quiet"
          onClick={(event) => {
            // The button is gone with the filters.
            event.currentTarget.closest('search')?.querySelector('input')?.focus();
            onChange({ search: '', statuses: [], marketplaceIds: [], from: null, to: null });
          }}
        >
          <X size={15} aria-hidden /> Clear filters
        </Button>
      )}
    </search>
  );
}

function SearchField({ value, onChange }: { readonly value: string; readonly onChange: (search: string) => void }) {
  const [text, setText] = useState(value);
  const [shown, setShown] = useState(value);
  // The address was changed from elsewhere: by going back, or by clearing the filters.
  if (shown !== value) {
    setShown(value);
    if (text.trim() !== value) setText(value);
  }
  // biome-ignore lint/correctness/useExhaustiveDependencies: only typing starts the wait
  useEffect(() => {
    if (text.trim() === value) return;
    const timer = setTimeout(() => onChange(text.trim()), SEARCH_AFTER_MS);
    return () => clearTimeout(timer);
  }, [text]);
  return (
    <div className="search-field">
      <Search size={15} aria-hidden />
      <input
        className="input"
        type="search"
        aria-label="Search by order id, SKU or ASIN"
        placeholder="Order id, SKU or ASIN"
        value={text}
        onChange={(event) => setText(event.target.value)}
      />
    </div>
  );
}

interface ChoicesProps {
  readonly name: string;
  readonly chosen: readonly string[];
  readonly choices: readonly (readonly [string, ReactNode])[];
  readonly onChange: (chosen: readonly string[]) => void;
}

/** Checkboxes that open below a button; a chosen one that is no choice any more stays, so that it can be taken out. */
function Choices({ name, chosen, choices, onChange }: ChoicesProps) {
  const known = new Set(choices.map(([value]) => value));
  const all = [...choices, ...chosen.filter((value) => !known.has(value)).map((value) => [value, value] as const)];
  const details = useClosedFromOutside();
  return (
    <details
      ref={details}
      className="choices"
      name="order-filter"
      onKeyDown={(event) => {
        if (event.key !== 'Escape') return;
        event.currentTarget.open = false;
        event.currentTarget.querySelector('summary')?.focus();
      }}
    >
      <summary className="button">
        {name}
        {chosen.length > 0 && <span className="badge live">{count(chosen.length)}</span>}
      </summary>
      <fieldset className="stack tight card">
        <legend className="hidden-visually">{name}</legend>
        {all.length === 0 && <span className="muted small">Nothing to choose from yet.</span>}
        {all.map(([value, words]) => (
          <Check
            key={value}
            checked={chosen.includes(value)}
            onChange={(event) =>
              onChange(event.target.checked ? [...chosen, value] : chosen.filter((other) => other !== value))
            }
          >
            {words}
          </Check>
        ))}
      </fieldset>
    </details>
  );
}

/** For what closes when something else is pressed. */
function useClosedFromOutside(): RefObject<HTMLDetailsElement | null> {
  const details = useRef<HTMLDetailsElement>(null);
  useEffect(() => {
    const press = ({ target }: PointerEvent) => {
      const { current } = details;
      if (current && target instanceof Node && !current.contains(target)) current.open = false;
    };
    addEventListener('pointerdown', press);
    return () => removeEventListener('pointerdown', press);
  }, []);
  return details;
}
