// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/late_function.h"

#include <memory>

namespace clipscope {

/// The float32 product of two square matrices of seeded random numbers by the library that the models multiply with:
/// what the machine can do at most, the limit beside every figure of an encoder.
class PeakProduct {
public:
    virtual ~PeakProduct() = default;
    /// One product.
    virtual void run() = 0;
};

/// Of matrices of side * side; one product is 2 * side^3 floating-point operations.
extern LateFunction<std::unique_ptr<PeakProduct>(int side)> makePeakProduct;

} // namespace clipscope
