"""What proves to somebody outside what was done: the record, bundles, receipts, manifests, witnesses."""
