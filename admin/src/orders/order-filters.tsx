import { Search, SlidersHorizontal, X } from 'lucide-preact';
import type { ComponentChildren } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import type { OrderMarketplaceFragment } from '../generated/operations.js';
import { Button } from '../ui/button.js';
import { Check, CheckList, DateInput, Select } from '../ui/form.js';
import { Marketplace } from '../ui/marketplace.js';
import { Menu } from '../ui/menu.js';
import { isFiltered, NO_FILTER, type OrdersUrl, type Sort, TO_SHIP } from './orders-url.js';

const SEARCH_DELAY_MS = 300;
const SORT_LABELS: readonly (readonly [Sort, string])[] = [
  ['-purchased', 'Newest first'],
  ['purchased', 'Oldest first'],
  ['-updated', 'Recently updated'],
  ['updated', 'Least recently updated'],
];
const SHIP_BY_LABEL = ['ship-by', 'Ship by, earliest first'] as const;
const TO_SHIP_LABELS = { OVERDUE: 'Late', TODAY: 'Late, or by the end of today', ALL: 'All that you have to ship' };

interface Props {
  readonly url: OrdersUrl;
  readonly marketplaces: readonly OrderMarketplaceFragment[];
  readonly onChange: (change: Partial<OrdersUrl>, replace?: boolean) => void;
  /** What else stands in the row: columns and files. */
  readonly children: ComponentChildren;
}

/** Search, filters and sort. On phones, filters are behind a button. */
export function OrderFilters({ url, marketplaces, onChange, children }: Props) {
  const [open, setOpen] = useState(false);
  return (
    <search className="row filters order-filters">
      <SearchField value={url.search} onChange={(search) => onChange({ search }, true)} />
      <Button className="more-filters" aria-expanded={open} onClick={() => setOpen(!open)}>
        <SlidersHorizontal size={15} aria-hidden /> Filters
      </Button>
      <div className={open ? 'row open' : 'row'}>
        <FilterMenu
          name="Marketplace"
          selected={url.marketplaceIds}
          options={marketplaces.map((each) => [each.marketplaceId, <Marketplace key={each.id} of={each} />])}
          onChange={(marketplaceIds) => onChange({ marketplaceIds })}
        />
        <FilterMenu
          name="Shipped by"
          selected={url.fulfilledBy}
          options={[
            ['MERCHANT', 'You'],
            ['AMAZON', 'Amazon'],
          ]}
          onChange={(fulfilledBy) => onChange({ fulfilledBy })}
        />
        <ShipByMenu url={url} onChange={onChange} />
        <DateInput
          label="Purchased from"
          value={url.from ?? ''}
          max={url.to}
          onChange={(from) => onChange({ from: from || null })}
        />
        <DateInput label="to" value={url.to ?? ''} min={url.from} onChange={(to) => onChange({ to: to || null })} />
        <Select
          label="Sort"
          value={url.sort}
          options={url.toShip ? [SHIP_BY_LABEL, ...SORT_LABELS] : SORT_LABELS}
          onChange={(sort) => onChange({ sort })}
        />
        {url.unknownPrice && (
          <Button onClick={() => onChange({ unknownPrice: false })}>
            Without a price <X size={14} aria-hidden />
          </Button>
        )}
        {children}
      </div>
      {isFiltered(url) && (
        <Button
          look="quiet"
          onClick={(event) => {
            // Clearing removes this button, which has the focus.
            event.currentTarget.closest('search')?.querySelector('input')?.focus();
            onChange(NO_FILTER);
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
        dir="auto"
        aria-label="Search by order ID, SKU, ASIN or words of a title"
        placeholder="Order ID, SKU, ASIN or title"
        value={text}
        onInput={({ currentTarget }) => setText(currentTarget.value)}
      />
    </div>
  );
}

interface FilterMenuProps {
  readonly name: string;
  readonly selected: readonly string[];
  readonly options: readonly (readonly [string, ComponentChildren])[];
  readonly onChange: (selected: readonly string[]) => void;
}

const FILTERS = 'order-filter';

function MenuLabel({ name, count }: { readonly name: string; readonly count: number }) {
  return (
    <>
      {name}
      {count > 0 && <span className="badge live">{count}</span>}
    </>
  );
}

/** A menu of checkboxes. Selected values that are no longer an option stay listed, so that they can be cleared. */
export function FilterMenu({ name, selected, options, onChange }: FilterMenuProps) {
  const known = new Set(options.map(([value]) => value));
  const unknown = selected.filter((value) => !known.has(value)).map((value) => [value, value] as const);
  return (
    <Menu label={<MenuLabel name={name} count={selected.length} />} group={FILTERS}>
      <CheckList
        className="card"
        legend={name}
        options={[...options, ...unknown]}
        selected={selected}
        onChange={onChange}
      />
    </Menu>
  );
}

function ShipByMenu({ url, onChange }: Pick<Props, 'url' | 'onChange'>) {
  return (
    <Menu label={<MenuLabel name="Ship by" count={url.toShip ? 1 : 0} />} group={FILTERS}>
      <fieldset className="stack tight card">
        <legend className="visually-hidden">Ship by</legend>
        <Check kind="radio" name="ship-by" checked={url.toShip === null} onChange={() => onChange({ toShip: null })}>
          Any
        </Check>
        {TO_SHIP.map((value) => (
          <Check
            key={value}
            kind="radio"
            name="ship-by"
            checked={url.toShip === value}
            onChange={() => onChange({ toShip: value })}
          >
            {TO_SHIP_LABELS[value]}
          </Check>
        ))}
      </fieldset>
    </Menu>
  );
}
