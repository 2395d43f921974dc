// A simulated Amazon in a process of its own, without a quota to speak of.   node bench/end-to-end/simulator.js ORDERS
import { startSimulator } from '../lib/ordermirror.js';

const simulator = await startSimulator({
  orders: Number(process.argv[2]),
  settled: true,
  updatedWithinDays: 29,
  unknownWords: false,
  // Amazon computes elsewhere: of what is measured here, making orders up is no part.
  keepTexts: true,
  // With no quota at all Amazon tells no rate, and the client would keep to the default plan.
  usagePlans: { searchOrders: { rate: 10_000, burst: 1_000_000 }, getOrder: { rate: 10_000, burst: 1_000_000 } },
});
console.log(`listens on ${simulator.url}`);
process.once('SIGTERM', () => void simulator.close());
