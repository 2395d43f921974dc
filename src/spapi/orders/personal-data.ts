import { isJsonObject, type JsonObject, type JsonValue } from '../http/answer.js';

/**
 * Members with personal data, at any depth: docs ("Access Orders PII") list address, phone, name and e-mail fields, gift
 * message and customised URL; the rest is free text or identifies a person. Compared in lower case without `_` and `-`,
 * so that older spellings (BuyerEmail, buyer_email) match too.
 */
const PERSONAL = new Set(
  `buyer buyerInfo buyerEmail buyerName buyerCompanyName buyerCounty buyerTaxInfo buyerTaxInformation
  buyerPurchaseOrderNumber purchaseOrderNumber recipient recipientName deliveryAddress shippingAddress
  deliveryPreference deliveryPreferences deliveryInstructions dropOffLocation addressInstruction addressInstructions
  addressLine1 addressLine2 addressLine3 postalCode phone phoneNumber email emailAddress firstName lastName fullName
  companyName extendedFields giftMessage giftMessageText customizedUrl cancelReason taxRegistrations taxRegistrationNumber
  cpf cnpj acquirerId cardBrand authorizationCode paymentMethodDetails`
    .toLowerCase()
    .split(/\s+/),
);
/**
 * Members without personal data that may contain an `@`: product texts, ids and codes (model: Order, and older names). They
 * are kept, except in an address. E-mail addresses are removed from all other strings, of unknown members too.
 */
const NOT_PERSONAL = new Set(
  `asin sellerSku sku title itemName productName conditionNote serialNumber serialNumbers transparencyCode transparencyCodes
  orderId amazonOrderId sellerOrderId merchantOrderId aliasId orderItemId fulfillmentOrderId marketplaceId marketplaceName
  promotionId promotionIds packageReferenceId carrier shippingService trackingNumber`
    .toLowerCase()
    .split(/\s+/),
);

const AT_DOMAIN = /@[^\s@"'<>(),;:]{1,255}\.[a-z]{2,63}/iy;
const IN_LOCAL_PART = /[^\s@"'<>(),;:]/;
const MAX_LOCAL_PART = 64;
const MAX_DEPTH = 100;

/**
 * Returns what Amazon sent without personal data. The input isn't changed; unchanged parts are shared with it. Strings are
 * storable already (`readAnswer`). Cuts values nested deeper than 100 levels.
 */
export function withoutPersonalData(value: JsonValue): JsonValue {
  if (isJsonObject(value)) return cleanMembers(value, false, 0);
  // A string in place of an order may contain anything.
  return typeof value === 'string' ? `(a text of ${value.length} characters)` : clean(value, false, 0);
}

function clean(value: JsonValue, inAddress: boolean, depth: number): JsonValue {
  if (typeof value === 'string') return withoutEmails(value);
  if (typeof value !== 'object' || value === null) return value;
  if (depth === MAX_DEPTH) return '(cut: nested too deep)';
  if (isJsonObject(value)) return cleanMembers(value, inAddress, depth + 1);
  let elements: JsonValue[] | null = null;
  for (let index = 0; index < value.length; index += 1) {
    const element = value[index] as JsonValue;
    const cleaned = clean(element, inAddress, depth + 1);
    if (cleaned !== element) elements ??= value.slice(0, index);
    elements?.push(cleaned);
  }
  return elements ?? value;
}

/** Returns the same object if nothing has to be removed, since copies take most of the time. */
function cleanMembers(object: JsonObject, inAddress: boolean, depth: number): JsonObject {
  const names = Object.keys(object);
  let entries: [string, JsonValue][] | null = null;
  for (let index = 0; index < names.length; index += 1) {
    const name = names[index] as string;
    const about = classify(name);
    const value = object[name] as JsonValue;
    const isCut = about.isPersonal || (inAddress && about.isName);
    const cleaned = isCut ? null : cleanMember(value, about, inAddress, depth);
    if (entries === null && !isCut && cleaned === value && about.key === name) continue;
    entries ??= names.slice(0, index).map((before) => [before, object[before] as JsonValue]);
    if (!isCut) entries.push([about.key, cleaned]);
  }
  // fromEntries, since an assignment to __proto__ would set the prototype.
  return entries === null ? object : Object.fromEntries(entries);
}

function cleanMember(value: JsonValue, about: NameClass, inAddress: boolean, depth: number): JsonValue {
  if (about.staysWhole && !inAddress) {
    const isText = (part: JsonValue) => typeof part === 'string';
    if (isText(value) || (Array.isArray(value) && value.every(isText))) return value;
  }
  return clean(value, inAddress || about.isAddress, depth);
}

/** What follows from a member's name. */
interface NameClass {
  readonly isPersonal: boolean;
  readonly isName: boolean;
  readonly isAddress: boolean;
  readonly staysWhole: boolean;
  /** The name without e-mail addresses. */
  readonly key: string;
}

const classes = new Map<string, NameClass>();
const MAX_CACHED_NAMES = 1_000;
const MAX_CACHED_LENGTH = 100;

function classify(name: string): NameClass {
  const known = classes.get(name);
  if (known) return known;
  const plain = name.replace(/[_-]/g, '').toLowerCase();
  const about: NameClass = {
    isPersonal: PERSONAL.has(plain),
    isName: plain === 'name',
    isAddress: /address(es)?$/.test(plain),
    staysWhole: NOT_PERSONAL.has(plain),
    key: withoutEmails(name),
  };
  if (classes.size < MAX_CACHED_NAMES && name.length <= MAX_CACHED_LENGTH) classes.set(name, about);
  return about;
}

/**
 * Replaces each e-mail address. Searches outward from each `@`: a regular expression for the whole address backtracks at
 * each of the 64 characters before it, which took 0.3 s for 1 MB of hostile text.
 */
function withoutEmails(text: string): string {
  let cleaned = '';
  let from = 0;
  for (let at = text.indexOf('@'); at >= 0; at = text.indexOf('@', Math.max(at + 1, from))) {
    let start = at;
    while (start > from && at - start < MAX_LOCAL_PART && IN_LOCAL_PART.test(text.charAt(start - 1))) start -= 1;
    AT_DOMAIN.lastIndex = at;
    if (start === at || !AT_DOMAIN.test(text)) continue;
    cleaned += `${text.slice(from, start)}(e-mail address cut)`;
    from = AT_DOMAIN.lastIndex;
  }
  return from === 0 ? text : cleaned + text.slice(from);
}
