/**
 * How much is measured. Everything is bounded: by its count, and no round begins after its seconds are over.
 * @typedef {{ rounds: number, seconds: number }} Rounds
 * @typedef {object} Sizes
 * @property {Rounds & { pages: number }} write pages of 100 orders
 * @property {Rounds & { orders: number, loadSeconds: number }} read loadSeconds: of each measurement
 * @property {Rounds & { orders: number }} million
 * @property {Rounds & { orders: number }} endToEnd
 * @property {Rounds} start
 * @property {Rounds & { subscribers: number, commits: number }} watch commits: of each round
 */

/** Together under four minutes on two cores. PGlite gets less to do: it takes longer. */
const usual = {
  PostgreSQL: /** @type {Sizes} */ ({
    write: { rounds: 5, seconds: 40, pages: 50 },
    read: { rounds: 3, seconds: 25, orders: 20_000, loadSeconds: 0.6 },
    million: { rounds: 15, seconds: 60, orders: 1_000_000 },
    endToEnd: { rounds: 3, seconds: 30, orders: 20_000 },
    start: { rounds: 5, seconds: 10 },
    watch: { rounds: 3, seconds: 20, subscribers: 2_000, commits: 10 },
  }),
  PGlite: /** @type {Sizes} */ ({
    write: { rounds: 3, seconds: 40, pages: 20 },
    read: { rounds: 3, seconds: 20, orders: 20_000, loadSeconds: 0.6 },
    million: { rounds: 15, seconds: 60, orders: 100_000 },
    endToEnd: { rounds: 3, seconds: 15, orders: 5_000 },
    start: { rounds: 3, seconds: 16 },
    watch: { rounds: 3, seconds: 20, subscribers: 2_000, commits: 10 },
  }),
};

/** To see that everything runs; the figures say little. @type {Sizes} */
const quick = {
  write: { rounds: 1, seconds: 5, pages: 5 },
  read: { rounds: 1, seconds: 5, orders: 10_000, loadSeconds: 0.3 },
  million: { rounds: 3, seconds: 5, orders: 60_000 },
  endToEnd: { rounds: 1, seconds: 5, orders: 2_000 },
  start: { rounds: 1, seconds: 5 },
  watch: { rounds: 1, seconds: 5, subscribers: 50, commits: 5 },
};

/**
 * @param {import('./lib/databases.js').Kind} kind
 * @param {{ quick: boolean, orders: number | null, subscribers: number | null }} flags orders: of the benchmarks that read them
 * @returns {Sizes}
 */
export function sizesFor(kind, flags) {
  const chosen = flags.quick ? quick : usual[kind];
  const { orders, subscribers } = flags;
  const sizes = subscribers === null ? chosen : { ...chosen, watch: { ...chosen.watch, subscribers } };
  if (orders === null) return sizes;
  return {
    ...sizes,
    write: { ...sizes.write, pages: orders / 100 },
    read: { ...sizes.read, orders },
    million: { ...sizes.million, orders },
    endToEnd: { ...sizes.endToEnd, orders },
  };
}
