// A simulated Amazon in a separate process, with a quota that never limits, whose orders were updated in the last 29 days, or
// created in the last DAYS.   node bench/lib/simulator-server.js ORDERS [DAYS]
import { startSimulator } from './ordermirror.js';

// Without a quota the simulator sends no rate header, and the client would apply the default rate.
const OPERATIONS = ['searchOrders', 'getOrder', 'createReport', 'getReport', 'getReportDocument'];
const unlimited = { rate: 10_000, burst: 1_000_000 };
const simulator = await startSimulator({
  orders: Number(process.argv[2]),
  settled: true,
  ...(process.argv[3] ? { createdWithinDays: Number(process.argv[3]) } : { updatedWithinDays: 29 }),
  unknownWords: false,
  // Amazon's own computing is not measured.
  keepTexts: true,
  usagePlans: Object.fromEntries(OPERATIONS.map((operation) => [operation, unlimited])),
  reports: { queueMs: 0, processingMs: 0 },
});
console.log(`listens on ${simulator.url}`);
process.once('SIGTERM', () => process.exit(0));
