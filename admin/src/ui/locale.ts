/**
 * The language of numbers, dates and country names. The page is in English, so it is the viewer's kind of English;
 * mixed with another language, "Complete up to vor 14 Minuten" would result.
 */
export const LOCALE = navigator.languages.find((language) => /^en\b/i.test(language)) ?? 'en-GB';
