import { systemClock } from '../base/clock.ts';
import type { JsonObject } from '../base/json-value.ts';
import { ConditionError } from '../condition/condition-error.ts';
import type { EvaluationBudget } from '../condition/evaluation-budget.ts';
import { NO_HOST_ADDRESSES } from '../condition/host-addresses.ts';
import { parseJmespath } from '../condition/jmespath/parse-jmespath.ts';
import { searchValue } from '../condition/jmespath/search.ts';
import type { Rule } from '../policy/model.ts';
import { extractImages, extractorsFor, type TransformImage } from '../workload/extract-images.ts';
import { readImages, type WorkloadImages } from '../workload/images.ts';
import { findWorkloadKind } from '../workload/kinds.ts';
import type { AdmissionRequest } from './admission-request.ts';
import { budgetFor } from './request-budget.ts';

/** Whether a rule says where objects of this kind name images. */
export function extractsFrom({ extractors }: Rule, kind: string): boolean {
  return extractorsFor(extractors, kind) !== undefined;
}

/** The images at the places that a rule names itself; none where it names none for the kind. */
export function extractedImages(
  object: JsonObject,
  request: AdmissionRequest,
  rule: Rule,
): WorkloadImages {
  const extractors = extractorsFor(rule.extractors, request.kind) ?? [];
  return extractImages(object, extractors, transformer(budgetFor(request)));
}

/**
 * All images of an object as a rule sees them: those of a pod template, and those at the places that the rule
 * names. In Kyverno 1.19 the latter replace the former, so that an extractor for Pods would hide their containers.
 */
export function imagesSeenBy(
  rule: Rule,
  object: JsonObject,
  request: AdmissionRequest,
): WorkloadImages['images'] {
  const workload = findWorkloadKind(request.group, request.kind);
  const standard = workload === undefined ? [] : readImages(object, workload).images;
  return [...standard, ...extractedImages(object, request, rule).images];
}

function transformer(budget: EvaluationBudget): TransformImage {
  return (jmesPath, text) => {
    try {
      const options = {
        budget,
        clock: systemClock,
        hosts: NO_HOST_ADDRESSES,
        missing: 'fault',
      } as const;
      const image = searchValue(parseJmespath(jmesPath), text, options);
      return typeof image === 'string'
        ? image
        : {
            problem: `jmesPath ${jmesPath} made ${JSON.stringify(image)} of it, expected a string`,
          };
    } catch (error) {
      if (!(error instanceof ConditionError)) throw error;
      return { problem: `jmesPath ${jmesPath}: ${error.message}` };
    }
  };
}
