import type { MemberScope } from './member-scope.js';
import { code, instant, key, quantity } from './wire.js';

/** A package that the merchant ships (model: OrderPackage). Members are null if absent or unreadable. */
export interface OrderPackage {
  readonly packageReferenceId: string | null;
  readonly createdTime: Date | null;
  /** PENDING, IN_TRANSIT, SHIPPED, DELIVERED, CANCELLED, UNDELIVERABLE or a new value of Amazon's. */
  readonly status: string | null;
  /** Often missing in practice (field). */
  readonly detailedStatus: string | null;
  readonly carrier: string | null;
  readonly shipTime: Date | null;
  readonly shippingService: string | null;
  readonly trackingNumber: string | null;
  readonly shipFrom: ShipFrom | null;
  readonly items: readonly PackageItem[];
}

/** Where a package is sent from, without name, street and postal code. */
export interface ShipFrom {
  readonly city: string | null;
  readonly districtOrCounty: string | null;
  readonly stateOrRegion: string | null;
  readonly municipality: string | null;
  readonly countryCode: string | null;
}

export interface PackageItem {
  readonly orderItemId: string | null;
  readonly quantity: number | null;
  readonly transparencyCodes: readonly string[];
}

/** Returns null if Amazon sent no packages. */
export function readPackages(order: MemberScope): readonly OrderPackage[] | null {
  const packages = order.objects('packages').map((sent) => {
    const status = sent.object('packageStatus');
    const address = sent.object('shipFromAddress');
    return {
      packageReferenceId: sent.get(code, 'packageReferenceId'),
      createdTime: sent.get(instant, 'createdTime'),
      status: status.get(code, 'status'),
      detailedStatus: status.get(code, 'detailedStatus'),
      carrier: sent.get(code, 'carrier'),
      shipTime: sent.get(instant, 'shipTime'),
      shippingService: sent.get(code, 'shippingService'),
      trackingNumber: sent.get(code, 'trackingNumber'),
      shipFrom: address.isAbsent ? null : readShipFrom(address),
      items: sent.objects('packageItems').map(readPackageItem),
    };
  });
  return packages.length > 0 ? packages : null;
}

function readShipFrom(address: MemberScope): ShipFrom {
  return {
    city: address.get(code, 'city'),
    districtOrCounty: address.get(code, 'districtOrCounty'),
    stateOrRegion: address.get(code, 'stateOrRegion'),
    municipality: address.get(code, 'municipality'),
    countryCode: address.get(code, 'countryCode'),
  };
}

function readPackageItem(item: MemberScope): PackageItem {
  return {
    orderItemId: item.get(key, 'orderItemId'),
    quantity: item.get(quantity, 'quantity'),
    transparencyCodes: item.texts('transparencyCodes') ?? [],
  };
}
