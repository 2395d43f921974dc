/** What the simulated seller sells. */
export interface Product {
  sku: string;
  asin: string;
  title: string;
  /** Price in US cents. */
  cents: number;
}

/** SKUs and titles as sellers really write them: spaces, slashes, quotes, any script. */
export const PRODUCTS: readonly [Product, ...Product[]] = [
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
