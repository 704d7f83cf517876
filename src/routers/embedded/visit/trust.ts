import { BlockList, isIP, isIPv6 } from 'node:net';

/** Addresses whose word is taken for who their clients are. */
export interface Trust {
  has(address: string): boolean;
}

/** `ranges`: addresses, with or without the length of their prefix. */
export function trustOf(ranges: readonly string[]): Trust {
  const list = new BlockList();
  for (const range of ranges) {
    const [address = '', prefix] = range.split('/');
    const family = isIPv6(address) ? 'ipv6' : 'ipv4';
    if (prefix === undefined) list.addAddress(address, family);
    else list.addSubnet(address, Number(prefix), family);
  }
  return {
    has(address) {
      const version = isIP(address);
      return version !== 0 && list.check(address, version === 6 ? 'ipv6' : 'ipv4');
    },
  };
}
