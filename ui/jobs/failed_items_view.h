// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "jobs/job.h"

#include <QTableView>

#include <vector>

namespace clipscope {

class FailedItemsModel;

/// The files of a FailedItemsModel with their reasons. The menu of a row, or Ctrl+C on it, asks for a report of the
/// chosen files.
class FailedItemsView : public QTableView {
    Q_OBJECT
public:
    FailedItemsView(FailedItemsModel* model, const QString& name, QWidget* parent = nullptr);
    /// The chosen rows; all when none is chosen.
    std::vector<FailedItem> chosen() const;

Q_SIGNALS:
    void reportAsked(const std::vector<clipscope::FailedItem>& items);

protected:
    void keyPressEvent(QKeyEvent* event) override;
    void contextMenuEvent(QContextMenuEvent* event) override;

private:
    FailedItemsModel* m_items;
};

} // namespace clipscope
