"""What is shipped beside the package: image, manifests, units, proxies."""
