"""What several of these answers share: texts of the solution, and words."""

HALVES = "np.where(x >= 0, 1.0, small) / (1 + small)"
MIRRORED = "np.where(x >= 0, small, 1.0) / (1 + small)"
SLOPE_BACK = "return grad_output * self.slope"
IN_PLACE = "the array that it was given, which belongs to the caller"
