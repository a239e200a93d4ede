// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <memory>

namespace clipscope {

/// The float32 product of two square matrices of seeded random numbers by the library that the models multiply with:
/// what the machine can do at most, the limit beside every figure of an encoder. run() is one product.
class PeakProduct {
public:
    explicit PeakProduct(int side);
    ~PeakProduct();
    PeakProduct(const PeakProduct&) = delete;
    PeakProduct& operator=(const PeakProduct&) = delete;

    void run();
    /// Floating-point operations of one product: 2 * side^3.
    double operations() const;

private:
    struct Impl;
    std::unique_ptr<Impl> m_impl;
};

} // namespace clipscope
