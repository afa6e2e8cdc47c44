pooled_features = 25
