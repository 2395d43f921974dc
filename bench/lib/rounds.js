/**
 * Runs every contender once a round, each round beginning with another one, so that whatever else the machine is doing
 * hits all of them alike.
 * @param {{ rounds: number, seconds: number }} bounds no round but the first begins after so many seconds
 * @param {readonly (() => Promise<Record<string, number>>)[]} contenders each measures some things, under names of its own
 * @returns {Promise<(name: string) => number[]>} what was measured under a name, round by round
 */
export async function alternate({ rounds, seconds }, contenders) {
  /** @type {Map<string, number[]>} */
  const measured = new Map();
  const deadline = performance.now() + seconds * 1_000;
  for (let round = 0; round < rounds && (round === 0 || performance.now() < deadline); round += 1) {
    const turn = round % contenders.length;
    for (const contend of [...contenders.slice(turn), ...contenders.slice(0, turn)])
      for (const [name, value] of Object.entries(await contend()))
        measured.set(name, [...(measured.get(name) ?? []), value]);
  }
  return (name) => measured.get(name) ?? [];
}

/** @param {readonly number[]} values */
export function median(values) {
  return quantile(values, 0.5);
}

/**
 * @param {readonly number[]} values
 * @param {number} share 0.99 for the 99th percentile
 */
export function quantile(values, share) {
  if (values.length === 0) return Number.NaN;
  const sorted = [...values].sort((a, b) => a - b);
  const place = (sorted.length - 1) * share;
  const below = sorted[Math.floor(place)] ?? 0;
  const above = sorted[Math.ceil(place)] ?? 0;
  return below + (above - below) * (place - Math.floor(place));
}

/**
 * The median of the rounds' own ratios: what slowed a round down slowed both.
 * @param {readonly number[]} values
 * @param {readonly number[]} others of the same rounds
 */
export function ratio(values, others) {
  return median(values.map((value, round) => value / (others[round] ?? Number.NaN)));
}

/** @param {() => Promise<unknown>} work @returns {Promise<number>} seconds */
export async function secondsOf(work) {
  const startedAt = performance.now();
  await work();
  return (performance.now() - startedAt) / 1_000;
}
