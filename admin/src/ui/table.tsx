import { type TypedDocumentNode, useQuery } from '@urql/preact';
import type { ComponentChildren, ComponentProps, Ref, VNode } from 'preact';
import { useState } from 'preact/hooks';
import { Button } from './button.js';
import { RequestError } from './notice.js';

interface TableProps {
  readonly label: string;
  /** Names, or `th` elements. */
  readonly columns: readonly (string | VNode)[];
  /** Names of right-aligned columns, after the others. */
  readonly amounts?: readonly string[];
  readonly className?: string;
  readonly frame?: string;
  readonly busy?: boolean;
  readonly ref?: Ref<HTMLElement>;
  readonly children: ComponentChildren;
}

/** A table in a frame that scrolls, with the keyboard too. */
export function Table({ label, columns, amounts = [], className = '', frame = 'card', ...props }: TableProps) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: makes the frame scrollable with the keyboard
    <section ref={props.ref} className={`${frame} table-frame`} aria-label={label} aria-busy={props.busy} tabIndex={0}>
      <table className={`table ${className}`}>
        <TableHead columns={columns} amounts={amounts} />
        {props.children}
      </table>
    </section>
  );
}

export function TableHead({ columns, amounts = [] }: Pick<TableProps, 'columns' | 'amounts'>) {
  return (
    <thead>
      <tr>
        {columns.map((column) =>
          typeof column === 'string' ? (
            <th key={column} scope="col">
              {column}
            </th>
          ) : (
            column
          ),
        )}
        {amounts.map((name) => (
          <th key={name} scope="col" className="amount">
            {name}
          </th>
        ))}
      </tr>
    </thead>
  );
}

interface FullRowProps extends ComponentProps<'tr'> {
  readonly cell?: string;
}

/** A row with one cell across all columns. */
export function FullRow({ children, cell, ...row }: FullRowProps) {
  return (
    <tr {...row}>
      <td colSpan={99} className={cell}>
        {children}
      </td>
    </tr>
  );
}

export const SkeletonRow = () => (
  <FullRow>
    <div className="skeleton line" />
  </FullRow>
);

interface PagedTableProps<Data, Node> extends Omit<TableProps, 'children' | 'busy' | 'ref' | 'className'> {
  readonly query: TypedDocumentNode<Data, { first: number; after?: string | null }>;
  readonly pageSize: number;
  readonly select: (data: Data) => {
    readonly nodes: readonly Node[];
    readonly pageInfo: { readonly hasNextPage: boolean; readonly endCursor: string | null };
  };
  readonly row: (node: Node) => VNode;
  readonly empty: string;
  /** The list is loaded again when it changes. */
  readonly version: string | number;
}

/** A table of a connection's nodes, with a button that loads one more page. */
export function PagedTable<Data, Node>({
  query,
  pageSize,
  select,
  row,
  empty,
  version,
  ...table
}: PagedTableProps<Data, Node>) {
  const [more, setMore] = useState(0);
  const paging = { query, pageSize, select, row, empty, onMore: () => setMore(more + 1) };
  return (
    <Table {...table} className="responsive">
      <Rows key={version} {...paging} after={null} more={more} />
    </Table>
  );
}

interface RowsProps<Data, Node>
  extends Pick<PagedTableProps<Data, Node>, 'query' | 'pageSize' | 'select' | 'row' | 'empty'> {
  readonly after: string | null;
  /** How many pages follow. Each starts where this one ends now, so that new entries leave no gap between pages. */
  readonly more: number;
  readonly onMore: () => void;
}

function Rows<Data, Node>(props: RowsProps<Data, Node>) {
  const { query, pageSize, select, row, empty, after, more, onMore } = props;
  const [{ data, error }] = useQuery({ query, variables: { first: pageSize, after } });
  const { nodes, pageInfo } = data ? select(data) : {};
  const next = pageInfo?.hasNextPage ? pageInfo.endCursor : null;
  return (
    <>
      <tbody>
        {nodes?.map(row)}
        {nodes?.length === 0 && after === null && <FullRow cell="muted">{empty}</FullRow>}
        {!data &&
          (error ? (
            <FullRow>
              <RequestError error={error} />
            </FullRow>
          ) : (
            <SkeletonRow />
          ))}
        {next && more === 0 && (
          <FullRow>
            <Button look="quiet" onClick={onMore}>
              Load more
            </Button>
          </FullRow>
        )}
      </tbody>
      {next && more > 0 && <Rows {...props} after={next} more={more - 1} />}
    </>
  );
}
