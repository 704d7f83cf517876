/** Values that occur in many places. */
import { z } from 'zod';

export const time = z.iso.datetime().describe('RFC 3339, UTC');

export const basisPoints = z.int().min(0).max(10_000).describe('Share of traffic in basis points');

export const colour = z.enum(['blue', 'green']);
