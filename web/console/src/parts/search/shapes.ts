/** Names for the API's shapes of search. */
import type { Schemas } from "../../api/client";
import type { FacetName } from "./filters";

export type Hit = Schemas["HitView"];
export type Answer = Schemas["SearchPage"];
export type Count = Schemas["Count"];
export type Facets = Record<FacetName, Count[]>;
export type IndexStatus = Schemas["IndexStatus"];

/** Values that the server lists of a facet that has many. */
export const FACET_VALUES = 20;
