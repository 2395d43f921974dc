import { isJsonObject, type JsonObject, type JsonValue } from '../http/json.js';

/**
 * Members that hold personal data, wherever they stand: docs ("Access Orders PII") name the address, phone, name and
 * e-mail fields, gift message and customised URL; the rest is free text that people write in, or tells of one person.
 * Compared in lower case without `_` and `-`, so that the older spellings (BuyerEmail, buyer_email) count too.
 */
const PERSONAL = new Set(
  `buyer buyerInfo buyerEmail buyerName buyerCompanyName buyerCounty buyerTaxInfo buyerTaxInformation
  buyerPurchaseOrderNumber purchaseOrderNumber recipient recipientName deliveryAddress shippingAddress shipFromAddress
  deliveryPreference deliveryPreferences deliveryInstructions dropOffLocation addressInstruction addressInstructions
  addressLine1 addressLine2 addressLine3 postalCode phone phoneNumber email emailAddress firstName lastName fullName
  companyName extendedFields giftMessage giftMessageText customizedUrl cancelReason taxRegistrations taxRegistrationNumber
  cpf cnpj paymentExecutions paymentMethodDetails`
    .toLowerCase()
    .split(/\s+/),
);
/** Left out as a whole where an order itself has them. */
const PERSONAL_OF_ORDER = new Set(['tax', 'payment']);
/**
 * Members that hold no personal data, but may hold an `@`: product texts, ids and codes (model: Order and what is in it, and their
 * older names). They stay whole, except in an address. E-mail addresses are cut out of all other texts, of unknown members too.
 */
const NOT_PERSONAL = new Set(
  `asin sellerSku sku title itemName productName conditionNote serialNumber serialNumbers transparencyCode transparencyCodes
  orderId amazonOrderId sellerOrderId merchantOrderId aliasId orderItemId fulfillmentOrderId marketplaceId marketplaceName
  promotionId promotionIds packageReferenceId carrier shippingService trackingNumber`
    .toLowerCase()
    .split(/\s+/),
);

/** What follows the local part of an e-mail address. */
const AT_DOMAIN = /@[^\s@"'<>(),;:]{1,255}\.[a-z]{2,63}/iy;
const IN_LOCAL_PART = /[^\s@"'<>(),;:]/;
const MAX_LOCAL_PART = 64;
const DEEPEST = 100;

/**
 * What Amazon sent as it may be stored: without personal data. It is left untouched; the answer shares with it what is the
 * same in both. Its texts are storable already (`readAnswer`). What is nested deeper than 100 levels is cut off.
 */
export function withoutPersonalData(value: JsonValue): JsonValue {
  if (isJsonObject(value)) return cleanMembers(value, false, 0, true);
  // A text in place of an order could hold anything, and has no names to judge it by.
  return typeof value === 'string' ? `(a text of ${value.length} characters)` : clean(value, false, 0);
}

function clean(value: JsonValue, inAddress: boolean, depth: number): JsonValue {
  if (typeof value === 'string') return withoutEmails(value);
  if (typeof value !== 'object' || value === null) return value;
  if (depth === DEEPEST) return '(cut: nested too deep)';
  if (isJsonObject(value)) return cleanMembers(value, inAddress, depth + 1);
  const elements = value.map((element) => clean(element, inAddress, depth + 1));
  return elements.every((element, index) => element === value[index]) ? value : elements;
}

/** The same object where nothing of it has to change: of most there is nothing to cut, and copies are what takes time. */
function cleanMembers(object: JsonObject, inAddress: boolean, depth: number, isOrder = false): JsonObject {
  const names = Object.keys(object);
  let entries: [string, JsonValue][] | null = null;
  for (const [index, name] of names.entries()) {
    const about = judge(name);
    const value = object[name] as JsonValue;
    const isCut = about.isPersonal || (inAddress && about.isName) || (isOrder && about.isPersonalOfOrder);
    const cleaned = isCut ? null : cleanMember(value, about, inAddress, depth);
    if (entries === null && !isCut && cleaned === value && about.key === name) continue;
    entries ??= names.slice(0, index).map((before) => [before, object[before] as JsonValue]);
    if (!isCut) entries.push([about.key, cleaned]);
  }
  // fromEntries, since assigning to a member called __proto__ would do something else.
  return entries === null ? object : Object.fromEntries(entries);
}

function cleanMember(value: JsonValue, about: NameJudged, inAddress: boolean, depth: number): JsonValue {
  if (about.staysWhole && !inAddress) {
    const isText = (part: JsonValue) => typeof part === 'string';
    if (isText(value) || (Array.isArray(value) && value.every(isText))) return value;
  }
  return clean(value, inAddress || about.isAddress, depth);
}

/** What a member's name says about it. */
interface NameJudged {
  readonly isPersonal: boolean;
  readonly isPersonalOfOrder: boolean;
  readonly isName: boolean;
  readonly isAddress: boolean;
  readonly staysWhole: boolean;
  /** The name without e-mail addresses. */
  readonly key: string;
}

/** Orders have the same few names over and over. */
const judged = new Map<string, NameJudged>();
const MOST_JUDGED = 1_000;
const LONGEST_JUDGED = 100;

function judge(name: string): NameJudged {
  const known = judged.get(name);
  if (known) return known;
  const plain = name.replace(/[_-]/g, '').toLowerCase();
  const about: NameJudged = {
    isPersonal: PERSONAL.has(plain),
    isPersonalOfOrder: PERSONAL_OF_ORDER.has(plain),
    isName: plain === 'name',
    isAddress: /address(es)?$/.test(plain),
    staysWhole: NOT_PERSONAL.has(plain),
    key: withoutEmails(name),
  };
  if (judged.size < MOST_JUDGED && name.length <= LONGEST_JUDGED) judged.set(name, about);
  return about;
}

/**
 * The text with each e-mail address replaced. Searched from each `@` outward: one regular expression for the whole address
 * would start anew at each of the 64 characters before it, which took 0.3 s for 1 MB of hostile text.
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
