import { isJsonObject, type JsonObject, type JsonValue, storableText } from './json.js';

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
/** The seller's own words, no buyer's, and the key of his stock: never altered. */
const SELLERS_OWN = new Set(['sellersku']);

const EMAIL = /[^\s@"'<>(),;:]{1,64}@[^\s@"'<>(),;:]{1,255}\.[a-z]{2,63}/gi;
const DEEPEST = 100;

/**
 * A copy of what Amazon sent that may be stored: without personal data, in texts that PostgreSQL takes.
 * What is nested deeper than 100 levels is cut off.
 */
export function withoutPersonalData(value: JsonValue): JsonValue {
  if (isJsonObject(value)) return cleanOrder(value);
  // A text in place of an order could hold anything, and has no names to judge it by.
  return typeof value === 'string' ? `(a text of ${value.length} characters)` : clean(value, false, 0);
}

function cleanOrder(order: JsonObject): JsonObject {
  const members = Object.entries(order).filter(([name]) => !PERSONAL_OF_ORDER.has(plain(name)));
  return cleanMembers(members, false, 0);
}

function clean(value: JsonValue, inAddress: boolean, depth: number): JsonValue {
  if (typeof value === 'string') return withoutEmails(storableText(value));
  if (typeof value !== 'object' || value === null) return value;
  if (depth === DEEPEST) return '(cut: nested too deep)';
  if (!isJsonObject(value)) return value.map((element) => clean(element, inAddress, depth + 1));
  return cleanMembers(Object.entries(value), inAddress, depth + 1);
}

function cleanMembers(members: [string, JsonValue][], inAddress: boolean, depth: number): JsonObject {
  // fromEntries, since assigning to a member called __proto__ would do something else.
  return Object.fromEntries(
    members
      .filter(([name]) => !PERSONAL.has(plain(name)) && !(inAddress && plain(name) === 'name'))
      .map(([name, value]) => {
        const key = withoutEmails(storableText(name));
        if (typeof value === 'string' && SELLERS_OWN.has(plain(name))) return [key, storableText(value)];
        return [key, clean(value, inAddress || /address(es)?$/.test(plain(name)), depth)];
      }),
  );
}

function plain(name: string): string {
  return name.replace(/[_-]/g, '').toLowerCase();
}

function withoutEmails(text: string): string {
  return text.includes('@') ? text.replace(EMAIL, '(e-mail address cut)') : text;
}
