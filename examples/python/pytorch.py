import numpy as np
from torch.utils.data import DataLoader, Subset

from my_dataset import train_set  # in the order of the dataset, as Refrain read it

# #region subset
keep = np.load('pruned/indices_to_keep.npy')
loader = DataLoader(Subset(train_set, keep.tolist()), batch_size=48, shuffle=True)
# #endregion
