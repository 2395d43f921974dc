// A simulated Amazon in a process of its own, with a quota that never limits.   node bench/lib/simulator-server.js ORDERS
import { startSimulator } from './ordermirror.js';

// Without any quota Amazon returns no rate, and the client would keep to the default plan.
const unlimited = { rate: 10_000, burst: 1_000_000 };
const simulator = await startSimulator({
  orders: Number(process.argv[2]),
  settled: true,
  updatedWithinDays: 29,
  unknownWords: false,
  // Amazon's own computing is not measured.
  keepTexts: true,
  usagePlans: { searchOrders: unlimited, getOrder: unlimited },
});
console.log(`listens on ${simulator.url}`);
process.once('SIGTERM', () => process.exit(0));
