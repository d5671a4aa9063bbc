"""A slow, obvious reader of NACHA files beside the columnar one, and damaged files on which both must agree."""
