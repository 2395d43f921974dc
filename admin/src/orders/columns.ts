import { useState } from 'preact/hooks';

/** Columns of the list beside the order's id, in their order. */
export const COLUMNS = {
  product: 'Product',
  status: 'Status',
  fulfilment: 'Shipped by',
  shipBy: 'Ship by',
  purchased: 'Purchased',
  updated: 'Updated',
  marketplace: 'Marketplace',
  programs: 'Programs',
  units: 'Units',
  total: 'Total',
} as const;
export type Column = keyof typeof COLUMNS;

const ALL = Object.keys(COLUMNS) as Column[];
const DEFAULT: readonly Column[] = ALL.filter((column) => column !== 'updated' && column !== 'programs');
const KEY = 'ordermirror.orders.columns';

/** The columns that the viewer has chosen, remembered in this browser, and a function that changes them. */
export function useColumns(): readonly [readonly Column[], (columns: readonly string[]) => void] {
  const [columns, setColumns] = useState(readColumns);
  const change = (chosen: readonly string[]) => {
    const next = ALL.filter((column) => chosen.includes(column));
    localStorage.setItem(KEY, next.join());
    setColumns(next);
  };
  return [columns, change];
}

function readColumns(): readonly Column[] {
  const stored = localStorage.getItem(KEY);
  return stored === null ? DEFAULT : ALL.filter((column) => stored.split(',').includes(column));
}
