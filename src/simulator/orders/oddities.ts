/** A special property of an order: its stage at the start, or unusual data. */
export type Oddity =
  | 'pending'
  | 'unshipped'
  | 'partlyShipped'
  | 'preorder'
  | 'cancelled'
  | 'cancelledWhilePending'
  | 'touchedLate'
  | 'unfulfillable'
  | 'unfulfillableNowhere'
  | 'offAmazon'
  | 'offAmazonNowhere'
  | 'replacement'
  | 'latePrice'
  | 'noSku'
  | 'noAsin'
  | 'hugeItemIds'
  | 'repeatedSku'
  | 'longTitle'
  | 'gift'
  | 'customized'
  | 'alias'
  | 'tip'
  | 'positiveDiscount'
  | 'measured'
  | 'serviced'
  | 'serialised'
  | 'used'
  | 'businessPrice'
  | 'codFee'
  | 'otherFee'
  | 'detailed'
  | 'points'
  | 'promotions'
  | 'cancelRequested'
  | 'substitutable'
  | 'scheduled'
  | 'constrained'
  | 'crossBorder'
  | 'taxed'
  | 'paid'
  | 'exchange'
  | 'parcels'
  | 'easyShip'
  | 'futureField'
  | 'unknownStatus'
  | 'unknownFulfiller'
  | 'unknownProgram';

/** The order numbers modulo 100 that have each oddity, so that every book of 100 orders has all of them. */
const PLACES: Record<Oddity, readonly number[]> = {
  pending: [2, 22, 42, 62, 82],
  unshipped: [5, 25, 45, 65, 85],
  partlyShipped: [8, 48, 88],
  preorder: [11],
  cancelled: [14, 34, 54, 74, 94],
  cancelledWhilePending: [64],
  touchedLate: [3, 33, 63],
  unfulfillable: [17],
  unfulfillableNowhere: [67],
  offAmazon: [23],
  offAmazonNowhere: [26, 76],
  replacement: [20, 70],
  latePrice: [2, 28, 62],
  noSku: [29, 79],
  noAsin: [32],
  hugeItemIds: [5, 35, 95],
  repeatedSku: [8, 47, 97],
  longTitle: [50],
  gift: [53, 85],
  customized: [56],
  alias: [1, 21, 41, 61, 81],
  tip: [59],
  positiveDiscount: [68],
  measured: [4],
  serviced: [6],
  serialised: [7, 57],
  used: [9, 39, 69],
  businessPrice: [10, 60],
  codFee: [12],
  otherFee: [13],
  detailed: [15, 55, 85],
  points: [16, 66],
  promotions: [18],
  cancelRequested: [19],
  substitutable: [24],
  scheduled: [27],
  constrained: [30],
  crossBorder: [31],
  taxed: [36, 86],
  paid: [37],
  exchange: [40],
  parcels: [46, 96],
  easyShip: [49],
  futureField: [71, 91],
  unknownStatus: [38],
  unknownFulfiller: [44],
  unknownProgram: [73],
};

const UNKNOWN_WORDS: readonly Oddity[] = ['unknownStatus', 'unknownFulfiller', 'unknownProgram'];

const BY_PLACE: readonly (readonly Oddity[])[] = Array.from({ length: 100 }, (_, place) =>
  (Object.keys(PLACES) as Oddity[]).filter((oddity) => PLACES[oddity].includes(place)),
);

/** Returns the oddities of an order; without `unknownWords` only the ones whose values are in the model. */
export function odditiesOf(number: number, unknownWords: boolean): readonly Oddity[] {
  const all = BY_PLACE[number % 100] ?? [];
  return unknownWords ? all : all.filter((oddity) => !UNKNOWN_WORDS.includes(oddity));
}
