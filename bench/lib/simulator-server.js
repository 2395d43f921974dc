// A simulated Amazon in a separate process, with a quota that never limits.   node bench/lib/simulator-server.js ORDERS
import { startSimulator } from './ordermirror.js';

// Without a quota the simulator sends no rate header, and the client would apply the default rate.
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
