// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include "ui/requests.h"

#include <QObject>

#include <map>
#include <vector>

namespace kith::ui {

class Theme;

/// Who is who. Whatever shows a person asks here by account and keeps no copy of a name; the hues of the theme are
/// given here too, in the order in which people came. Filled by the contacts and by what events tell of them, before
/// anybody hears of that who was connected later. Thread: GUI.
class PeopleModel final : public QObject {
    Q_OBJECT
public:
    PeopleModel(Requests& requests, Theme& theme, QObject* parent = nullptr);

    void begin(const AccountId& self, const QString& name); ///< unlocked
    void end();                                             ///< locked: nobody is known any more
    bool isLoaded() const { return m_isLoaded; }

    const AccountId& self() const { return m_self; }
    bool isSelf(const AccountId& account) const { return account == m_self; }
    QString nameOf(const AccountId& account) const; ///< empty: nobody knows
    QString youOrNameOf(const AccountId& account) const;
    bool isVerified(const AccountId& account) const; ///< the safety number was compared
    const client::ContactRow* find(const AccountId& account) const;
    const std::map<AccountId, client::ContactRow>& contacts() const { return m_contacts; }

Q_SIGNALS:
    void changed(); ///< somebody came, or is called otherwise

private:
    void ask();
    void take(const std::vector<client::ContactRow>& contacts);
    void onEvents(const client::EventBatch& batch);
    void tellChanged();

    Requests& m_requests;
    Theme& m_theme;
    AccountId m_self;
    QString m_ownName;
    std::map<AccountId, client::ContactRow> m_contacts;
    int m_asked = 0;
    int m_answered = 0; ///< less: what comes meanwhile is not in the answer
    bool m_isLoaded = false;
};

} // namespace kith::ui
