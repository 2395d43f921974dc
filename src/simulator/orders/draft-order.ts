import type { Marketplace } from '../api/marketplaces.js';
import { type Random, random, scramble } from '../random.js';
import { fromCents, type Minor } from './money.js';
import { type Oddity, odditiesOf } from './oddities.js';

/** The members of an order that never change. */
export interface DraftHead {
  /** From 0, within the book. */
  number: number;
  id: string;
  marketplace: Marketplace;
  fulfilledBy: string;
  oddities: readonly Oddity[];
}

export interface Draft extends DraftHead {
  /** Id of the previous order in the book, which a replacement or an exchange is for. */
  previousId?: string;
  items: readonly DraftItem[];
}

export interface DraftItem {
  id: string;
  product: Product;
  quantity: number;
  unit: Minor;
  shipping: Minor;
  /** The discount, as a positive number. */
  discount: Minor;
}

export interface Account {
  seed: number;
  marketplaces: readonly [Marketplace, ...Marketplace[]];
  unknownWords: boolean;
}

/** The order with this number in the account's book; always the same for the same seed. */
export function draftOrder(account: Account, number: number): Draft {
  const dice = random(account.seed, number);
  const head = draftHead(account, number, dice);
  const draft = Object.assign(head, { items: draftItems(account.seed, head, dice) }) as Draft;
  if (isFollowUp(head.oddities)) draft.previousId = orderId(account.seed, Math.max(0, number - 1));
  return draft;
}

/** The members that a book keeps of each order, without its lines. */
export function draftHead(account: Account, number: number, dice = random(account.seed, number)): DraftHead {
  const oddities = odditiesOf(number, account.unknownWords);
  // Most orders are from the first marketplace, as with most sellers.
  const marketplace = dice.chance(0.4) ? account.marketplaces[0] : dice.pick(account.marketplaces);
  return {
    number,
    id: orderId(account.seed, number),
    marketplace,
    fulfilledBy: fulfiller(oddities, dice),
    oddities,
  };
}

const BY_MERCHANT: readonly Oddity[] = ['partlyShipped', 'gift', 'parcels', 'easyShip', 'scheduled', 'codFee'];

function fulfiller(oddities: readonly Oddity[], dice: Random): string {
  const amazon = dice.chance(0.6);
  if (oddities.includes('unknownFulfiller')) return 'PARTNER_NETWORK';
  if (isOffAmazon(oddities)) return 'AMAZON';
  if (BY_MERCHANT.some((oddity) => oddities.includes(oddity))) return 'MERCHANT';
  return amazon ? 'AMAZON' : 'MERCHANT';
}

/** Placed elsewhere and sent out by Amazon (multi-channel fulfilment): no proceeds (model: channelName NON_AMAZON). */
export function isOffAmazon(oddities: readonly Oddity[]): boolean {
  return oddities.some((oddity) => oddity.startsWith('offAmazon') || oddity.startsWith('unfulfillable'));
}

/** A replacement of another order, or an exchange for it. */
export function isFollowUp(oddities: readonly Oddity[]): boolean {
  return oddities.includes('replacement') || oddities.includes('exchange');
}

/** Placed outside of Amazon, without a marketplace. */
export function isNowhere(oddities: readonly Oddity[]): boolean {
  return oddities.some((oddity) => oddity.endsWith('Nowhere'));
}

function draftItems(seed: number, { number, oddities, marketplace }: DraftHead, dice: Random): DraftItem[] {
  const { currency, perDollar } = marketplace;
  const repeated = oddities.includes('repeatedSku');
  const detailed = oddities.includes('detailed');
  const lines =
    repeated || oddities.includes('partlyShipped') || oddities.includes('parcels')
      ? 2
      : dice.chance(0.75)
        ? 1
        : dice.int(2, 4);
  const first = dice.int(0, PRODUCTS.length - 1);
  return Array.from({ length: lines }, (_, line) => {
    const product = PRODUCTS[(first + (repeated ? 0 : line)) % PRODUCTS.length] ?? PRODUCTS[0];
    const unit = fromCents(product.cents, currency, perDollar);
    return {
      id: itemId(seed, number, line, oddities.includes('hugeItemIds')),
      product,
      quantity: dice.chance(0.7) ? 1 : dice.int(2, 5),
      unit,
      shipping: dice.chance(0.3) || detailed ? fromCents(499, currency, perDollar) : 0,
      discount: dice.chance(0.2) || detailed || oddities.includes('positiveDiscount') ? Math.round(unit * 0.15) : 0,
    };
  });
}

/** 3-7-7 digits (model: Orders v0); the last seven alone are different for each of 10 million orders. */
function orderId(seed: number, number: number): string {
  const dice = random(seed + 1, number);
  return `${dice.int(100, 999)}-${digits(dice.int(0, 9_999_999), 7)}-${digits(serial(seed, number), 7)}`;
}

/** 14 digits, or 19: text in any case, since 2^53 has 16 (seen in the field). */
function itemId(seed: number, number: number, line: number, huge: boolean): string {
  return `${huge ? '9007199254' : '40712'}${digits(serial(seed, number), 7)}${digits(line, 2)}`;
}

function serial(seed: number, number: number): number {
  return (number * 7919 + scramble(seed)) % 10_000_000;
}

function digits(value: number, width: number): string {
  return String(value).padStart(width, '0');
}

/** A product of the simulated seller. */
export interface Product {
  sku: string;
  asin: string;
  title: string;
  /** Price in US cents. */
  cents: number;
}

/** SKUs and titles as real ones: spaces, slashes, quotes, any script. */
const PRODUCTS: readonly [Product, ...Product[]] = [
  { sku: 'MUG-BLUE-12', asin: 'B0SIM00001', title: 'Stoneware mug, 12 oz, blue', cents: 1499 },
  { sku: 'desk lamp / oak', asin: 'B0SIM00002', title: 'Desk lamp "Ögla" – oak & brass', cents: 5999 },
  { sku: "KID'S-PUZZLE", asin: 'B0SIM00003', title: "Kid's puzzle, 100 pieces (ages 4+)", cents: 1999 },
  { sku: 'TEA_緑茶_50', asin: 'B0SIM00004', title: '有機緑茶 ティーバッグ 50袋 🍵', cents: 899 },
  { sku: '9"-SKILLET', asin: 'B0SIM00005', title: 'Cast-iron skillet, 9" (23 cm)', cents: 2799 },
  { sku: 'ROPE;10M', asin: 'B0SIM00006', title: 'Rope 10 m; 50 % cotton \\ 50 % jute', cents: 749 },
  { sku: 'CABLE-USB-C', asin: 'B0SIM00007', title: '<b>USB-C</b> cable & adapter, 2 m', cents: 1099 },
  { sku: 'قلم-01', asin: 'B0SIM00008', title: 'قلم حبر أسود، 0.5 مم', cents: 399 },
  { sku: 'SOCKS-3PK', asin: 'B0SIM00009', title: 'Wollsocken für Wanderer, 3er-Pack, Größe 42–45', cents: 2250 },
  { sku: 'NOTEBOOK-A5', asin: 'B0SIM00010', title: 'Notebook A5, dotted, 192 pages', cents: 1250 },
  { sku: 'PHONE-STAND', asin: 'B0SIM00011', title: 'Phone stand, aluminium, printed 50x70@300dpi.print', cents: 1675 },
  { sku: 'HEADLAMP-PRO', asin: 'B0SIM00012', title: "Headlamp, 400 lm, rechargeable'; --", cents: 3495 },
];
