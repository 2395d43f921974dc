import { readFileSync } from 'node:fs';

/** The database that the Prisma models describe, in terms of its catalogue. */
export interface DescribedTable {
  readonly name: string;
  readonly columns: readonly { readonly name: string; readonly type: string; readonly nullable: boolean }[];
  readonly primaryKey: readonly string[];
  /** Columns of each unique index, joined by commas. */
  readonly uniques: readonly string[];
  readonly indexes: readonly string[];
  /** `columns → table(columns) on delete`. */
  readonly foreignKeys: readonly string[];
}

const TYPES: Record<string, string> = {
  BigInt: 'bigint',
  Int: 'integer',
  Float: 'double precision',
  Boolean: 'boolean',
  Bytes: 'bytea',
  String: 'text',
  Json: 'jsonb',
};
const NATIVE_TYPES: Record<string, string> = {
  'Timestamptz(3)': 'timestamp(3) with time zone',
  Date: 'date',
  Decimal: 'numeric',
  Uuid: 'uuid',
  SmallInt: 'smallint',
};
const ON_DELETE: Record<string, string> = { Cascade: 'CASCADE', SetNull: 'SET NULL', Restrict: 'RESTRICT' };

interface Field {
  readonly name: string;
  readonly type: string;
  readonly optional: boolean;
  readonly list: boolean;
  readonly rest: string;
  readonly column: string;
}

/** Parses the part of Prisma's schema language that prisma/schema.prisma uses; throws for an unknown type. */
export function describePrismaSchema(path: string): { tables: DescribedTable[]; enums: Record<string, string[]> } {
  const text = readFileSync(path, 'utf8').replace(/^\s*\/\/.*$/gm, '');
  const blocks = [...text.matchAll(/^(model|enum) (\w+) \{\n([\s\S]*?)^\}/gm)].map(([, kind, name, body]) => ({
    kind: kind ?? '',
    name: name ?? '',
    body: body ?? '',
    table: /@@map\("(\w+)"\)/.exec(body ?? '')?.[1] ?? name ?? '',
  }));
  const enums = new Map(blocks.filter(({ kind }) => kind === 'enum').map((block) => [block.name, block]));
  const models = blocks.filter(({ kind }) => kind === 'model');
  const fieldsOf = new Map(models.map((model) => [model.name, readFields(model.body)]));
  const tables = models.map((model): DescribedTable => {
    const fields = fieldsOf.get(model.name) ?? [];
    const columns = fields.filter((field) => !fieldsOf.has(field.type));
    const named = (list: string, of = fields) =>
      list
        .split(',')
        .map((each) => of.find((field) => field.name === each.trim().replace(/\(.*/, ''))?.column ?? `?${each}`);
    const lists = (attribute: string) =>
      [...model.body.matchAll(new RegExp(`@@${attribute}\\(\\[([^\\]]+)\\]`, 'g'))].map(([, list]) =>
        named(list ?? '').join(),
      );
    return {
      name: model.table,
      columns: columns.map((field) => ({
        name: field.column,
        type: typeOf(field, (name) => enums.get(name)?.table),
        nullable: field.optional || field.list,
      })),
      primaryKey: [...columns.filter((field) => /@id\b/.test(field.rest)).map((field) => field.column), ...lists('id')],
      uniques: [
        ...columns.filter((field) => /@unique\b/.test(field.rest)).map(({ column }) => column),
        ...lists('unique'),
      ],
      indexes: lists('index'),
      foreignKeys: fields.flatMap((field) => {
        const relation = /@relation\(fields: \[([^\]]+)\], references: \[([^\]]+)\](?:, onDelete: (\w+))?/.exec(
          field.rest,
        );
        if (!relation) return [];
        const target = models.find((other) => other.name === field.type);
        const there = named(relation[2] ?? '', fieldsOf.get(field.type)).join();
        return [
          `${named(relation[1] ?? '').join()} → ${target?.table}(${there}) ${ON_DELETE[relation[3] ?? 'Restrict']}`,
        ];
      }),
    };
  });
  const values = [...enums.values()].map(({ table, body }) => [
    table,
    body.match(/^\s+\w+$/gm)?.map((word) => word.trim()),
  ]);
  return { tables, enums: Object.fromEntries(values) };
}

function readFields(body: string): Field[] {
  return [...body.matchAll(/^\s+(\w+)\s+(\w+)(\?|\[\])?(.*)$/gm)].map(([, name = '', type = '', mark, rest = '']) => ({
    name,
    type,
    rest,
    optional: mark === '?',
    list: mark === '[]',
    column: /@map\("(\w+)"\)/.exec(rest)?.[1] ?? name,
  }));
}

function typeOf(field: Field, enumTable: (name: string) => string | undefined): string {
  const native = /@db\.(\w+(?:\(\d+\))?)/.exec(field.rest)?.[1];
  const type = native ? NATIVE_TYPES[native] : (TYPES[field.type] ?? enumTable(field.type));
  if (!type) throw new Error(`This reader doesn't know the type of ${field.name}: ${field.type} ${native ?? ''}`);
  return field.list ? `${type}[]` : type;
}
