import { Search, X } from 'lucide-react';
import { type ReactNode, type RefObject, useEffect, useRef, useState } from 'react';
import type { OrderFiltersQuery } from '../generated/operations.js';
import { Button } from '../ui/button.js';
import { CheckList, DateInput, Select } from '../ui/form.js';
import { Marketplace } from '../ui/marketplace.js';
import { isFiltered, type OrdersUrl, type Sort } from './orders-url.js';
import { formatStatus } from './status.js';

const SEARCH_DELAY_MS = 300;
const SORT_LABELS: readonly (readonly [Sort, string])[] = [
  ['-purchased', 'Newest first'],
  ['purchased', 'Oldest first'],
  ['-updated', 'Recently updated'],
  ['updated', 'Least recently updated'],
];

interface Props {
  readonly url: OrdersUrl;
  readonly options: OrderFiltersQuery | undefined;
  readonly onChange: (change: Partial<OrdersUrl>, replace?: boolean) => void;
}

/** Search, filters and sort. */
export function OrderFilters({ url, options, onChange }: Props) {
  const marketplaces = options?.connection?.marketplaces ?? [];
  return (
    <search className="row filters">
      <SearchField value={url.search} onChange={(search) => onChange({ search }, true)} />
      <FilterMenu
        name="Status"
        selected={url.statuses}
        options={(options?.orderStatuses ?? []).map((status) => [status, formatStatus(status)])}
        onChange={(statuses) => onChange({ statuses })}
      />
      {marketplaces.length > 1 && (
        <FilterMenu
          name="Marketplace"
          selected={url.marketplaceIds}
          options={marketplaces.map((each) => [each.marketplaceId, <Marketplace key={each.id} of={each} />])}
          onChange={(marketplaceIds) => onChange({ marketplaceIds })}
        />
      )}
      <DateInput
        label="Purchased from"
        value={url.from ?? ''}
        max={url.to}
        onChange={(from) => onChange({ from: from || null })}
      />
      <DateInput label="to" value={url.to ?? ''} min={url.from} onChange={(to) => onChange({ to: to || null })} />
      <Select label="Sort" value={url.sort} options={SORT_LABELS} onChange={(sort) => onChange({ sort })} />
      {isFiltered(url) && (
        <Button
          look="quiet"
          onClick={(event) => {
            // Clearing removes this button, which has the focus.
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
  const [previous, setPrevious] = useState(value);
  // The URL changed by other means: going back, or clearing the filters.
  if (previous !== value) {
    setPrevious(value);
    if (text.trim() !== value) setText(value);
  }
  // biome-ignore lint/correctness/useExhaustiveDependencies: only typing starts the delay
  useEffect(() => {
    if (text.trim() === value) return;
    const timer = setTimeout(() => onChange(text.trim()), SEARCH_DELAY_MS);
    return () => clearTimeout(timer);
  }, [text]);
  return (
    <div className="search-field">
      <Search size={15} aria-hidden />
      <input
        className="input"
        type="search"
        aria-label="Search by order ID, SKU or ASIN"
        placeholder="Order ID, SKU or ASIN"
        value={text}
        onChange={(event) => setText(event.target.value)}
      />
    </div>
  );
}

interface FilterMenuProps {
  readonly name: string;
  readonly selected: readonly string[];
  readonly options: readonly (readonly [string, ReactNode])[];
  readonly onChange: (selected: readonly string[]) => void;
}

/** A menu of checkboxes. Selected values that are no longer an option stay listed, so that they can be cleared. */
function FilterMenu({ name, selected, options, onChange }: FilterMenuProps) {
  const known = new Set(options.map(([value]) => value));
  const unknown = selected.filter((value) => !known.has(value)).map((value) => [value, value] as const);
  const details = useCloseOnOutsideClick();
  return (
    <details
      ref={details}
      className="filter-menu"
      name="order-filter"
      onKeyDown={(event) => {
        if (event.key !== 'Escape') return;
        event.currentTarget.open = false;
        event.currentTarget.querySelector('summary')?.focus();
      }}
    >
      <summary className="button">
        {name}
        {selected.length > 0 && <span className="badge live">{selected.length}</span>}
      </summary>
      <CheckList
        className="card"
        legend={name}
        options={[...options, ...unknown]}
        selected={selected}
        onChange={onChange}
      />
    </details>
  );
}

function useCloseOnOutsideClick(): RefObject<HTMLDetailsElement | null> {
  const details = useRef<HTMLDetailsElement>(null);
  useEffect(() => {
    const close = ({ target }: PointerEvent) => {
      const { current } = details;
      if (current && target instanceof Node && !current.contains(target)) current.open = false;
    };
    addEventListener('pointerdown', close);
    return () => removeEventListener('pointerdown', close);
  }, []);
  return details;
}
