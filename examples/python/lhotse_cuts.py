# #region load
from lhotse import CutSet

cuts = CutSet.from_jsonl('kept/cuts.jsonl')
# #endregion
