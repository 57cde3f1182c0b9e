"""The units of the demo city: tree, quota, plans and what each department's book says of them."""
