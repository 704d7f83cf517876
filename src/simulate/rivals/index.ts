/** Other tools' rules, as documented, for comparison. */
export { ARGO_DOCUMENTED, type ArgoOptions, argo, argoAnalysis } from './argo.ts';
export { FLAGGER_DOCUMENTED, type FlaggerOptions, flagger, flaggerTicks } from './flagger.ts';
export { classify, KAYENTA_USUAL, type KayentaOptions, kayenta, scoreOf } from './kayenta.ts';
export { rivalRollout } from './rollout.ts';
export type { Rule } from './rule.ts';
