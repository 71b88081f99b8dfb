# #region load
from nemo.collections.asr.parts.utils.manifest_utils import read_manifest

entries = read_manifest('kept/train_manifest.json')  # NeMo's own lines, without those that were pruned
# #endregion
