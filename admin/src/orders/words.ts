/** Amazon's words in the seller's. Words that are not listed are shown as `plainWords` makes them. */
const WORDS: Readonly<Record<string, string>> = {
  AMAZON: 'Amazon',
  MERCHANT: 'You',
  NON_AMAZON: 'Not sold on Amazon',
  AMAZON_BUSINESS: 'Amazon Business',
  FBM_SHIP_PLUS: 'FBM Ship+',
  IN_STORE_PICK_UP: 'In-store pickup',
  AMAZON_EASY_SHIP: 'Easy Ship',
  AMAZON_BAZAAR: 'Amazon Bazaar',
  AMAZON_HAUL: 'Amazon Haul',
  INVOICE_BY_AMAZON: 'Invoice by Amazon',
  SUBSCRIBE_AND_SAVE: 'Subscribe & Save',
  REPLACEMENT_ORIGINAL_ID: 'Replacement of',
  EXCHANGE_ORIGINAL_ID: 'Exchange for',
  API: 'Orders API',
  REPORT: 'Order report',
  COD_FEE: 'Cash on delivery fee',
  DELIVERY_TIP: 'Delivery tip',
};

/** Formats a word of Amazon's: "PARTIALLY_SHIPPED" as "Partially shipped". */
export function plainWords(word: string): string {
  const words = word.replaceAll('_', ' ').toLowerCase();
  return words.charAt(0).toUpperCase() + words.slice(1);
}

export const inWords = (word: string): string => WORDS[word] ?? plainWords(word);

/** Who ships an order. */
export const fulfilmentInWords = (fulfilledBy: string | null): string | null => fulfilledBy && inWords(fulfilledBy);
