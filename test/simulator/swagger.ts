/** As much of Swagger 2.0 and JSON Schema as Amazon's models use. */
export interface Schema {
  $ref?: string;
  type?: string | string[];
  format?: string;
  enum?: unknown[];
  required?: string[];
  properties?: Record<string, Schema>;
  items?: Schema;
  allOf?: Schema[];
}

export interface Model {
  definitions: Record<string, Schema>;
}

const DATE_TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|\+00:00)$/;

/** What is wrong with a value, one line each; members that the model doesn't know count as wrong. */
export function complaints(model: Model, schema: Schema, value: unknown, path = '$'): string[] {
  if (schema.$ref !== undefined) {
    const name = schema.$ref.replace('#/definitions/', '');
    const target = model.definitions[name];
    return target ? complaints(model, target, value, path) : [`${path}: no definition ${name}`];
  }
  if (schema.allOf !== undefined) {
    const parts = schema.allOf.map((part) => resolve(model, part));
    const properties = Object.assign({}, ...parts.map((part) => part.properties));
    return complaints(
      model,
      { type: 'object', properties, required: parts.flatMap((part) => part.required ?? []) },
      value,
      path,
    );
  }
  if (Array.isArray(schema.type)) {
    const found = schema.type.map((type) => complaints(model, { ...schema, type }, value, path));
    return found.find((lines) => lines.length === 0) ?? found[0] ?? [];
  }
  if (schema.enum !== undefined && !schema.enum.includes(value))
    return [`${path}: ${String(value)} is not in the enum`];
  switch (schema.type) {
    case 'object':
      return objectComplaints(model, schema, value, path);
    case 'array':
      if (!Array.isArray(value)) return [`${path}: not an array`];
      return value.flatMap((item, index) => complaints(model, schema.items ?? {}, item, `${path}[${index}]`));
    case 'string':
      if (typeof value !== 'string') return [`${path}: not a string`];
      return schema.format === 'date-time' && !DATE_TIME.test(value) ? [`${path}: not a date-time`] : [];
    case 'integer':
      return Number.isInteger(value) ? [] : [`${path}: not an integer`];
    case 'null':
      return value === null ? [] : [`${path}: not null`];
    case 'boolean':
    case 'number':
      return typeof value === schema.type ? [] : [`${path}: not a ${schema.type}`];
    default:
      return [`${path}: the checker does not know ${schema.type}`];
  }
}

function resolve(model: Model, { $ref, ...schema }: Schema): Schema {
  return $ref === undefined ? schema : (model.definitions[$ref.replace('#/definitions/', '')] ?? {});
}

function objectComplaints(model: Model, schema: Schema, value: unknown, path: string): string[] {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return [`${path}: not an object`];
  const missing = (schema.required ?? []).filter((name) => !(name in value)).map((name) => `${path}.${name}: missing`);
  const wrong = Object.entries(value).flatMap(([name, member]) => {
    const property = schema.properties?.[name];
    return property ? complaints(model, property, member, `${path}.${name}`) : [`${path}.${name}: unknown`];
  });
  return [...missing, ...wrong];
}

/** The paths of all members of a schema: `$.orderItems.product.title`; lists add nothing to a path. */
export function modelMembers(model: Model, schema: Schema, path = '$'): string[] {
  if (schema.$ref !== undefined) {
    const target = model.definitions[schema.$ref.replace('#/definitions/', '')];
    return target ? modelMembers(model, target, path) : [];
  }
  if (schema.type === 'array') return modelMembers(model, schema.items ?? {}, path);
  return Object.entries(schema.properties ?? {}).flatMap(([name, member]) => [
    `${path}.${name}`,
    ...modelMembers(model, member, `${path}.${name}`),
  ]);
}

/** The paths of all members of a value. */
export function membersOf(value: unknown, path = '$'): string[] {
  if (Array.isArray(value)) return value.flatMap((item) => membersOf(item, path));
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([name, member]) => [
    `${path}.${name}`,
    ...membersOf(member, `${path}.${name}`),
  ]);
}
